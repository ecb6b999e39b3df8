# Every library the project is built on, with its lowest version and the reason it is here.
# All of them are Debian 12 packages; scripts/packages lists what to install.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)               # text: errors, progress, tables
find_package(nlohmann_json 3.11 REQUIRED)  # what programs write: agent channel, history, lab.json
find_package(Boost 1.81 REQUIRED)          # Outcome (Result), Process, Asio: header-only here
find_package(OpenSSL 3 REQUIRED)           # TLS of the reference Manager, digests of artefacts
find_package(CURL 7.88 REQUIRED)           # the oVirt driver's HTTPS
find_package(SQLiteCpp 3.2 REQUIRED)         # the reference Manager's database
find_package(CLI11 2.1 REQUIRED)           # the splitsite command
find_package(Catch2 2.13 REQUIRED)         # tests; included only through scripts/testing/catch.hpp

# pkg-config is the only description these ship (or the only one that is complete).
pkg_check_modules(libvirt REQUIRED IMPORTED_TARGET libvirt>=9.0)  # nodes and guests
pkg_check_modules(libnl REQUIRED IMPORTED_TARGET libnl-3.0>=3.7 libnl-route-3.0>=3.7)  # netem
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml>=1.13)  # oVirt XML, domain XML
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus>=3.3)  # topologies
pkg_check_modules(sanlock REQUIRED IMPORTED_TARGET libsanlock_client>=3.8)  # SPM lease
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib>=0.11)  # Manager, host daemon
