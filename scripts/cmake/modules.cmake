# One function per kind of target, so that a module's CMakeLists.txt is a list of its files and of
# what it may include. Foreign libraries go to PRIVATE_DEPS of the adapters and nowhere else.

add_library(splitsite_options INTERFACE)
target_compile_options(splitsite_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror
  # Designated initializers name what differs from the default; the rest is meant to be default.
  -Wno-missing-field-initializers)
if(SPLITSITE_SANITIZE)
  target_compile_options(splitsite_options INTERFACE -fsanitize=${SPLITSITE_SANITIZE}
                         -fno-omit-frame-pointer)
  target_link_options(splitsite_options INTERFACE -fsanitize=${SPLITSITE_SANITIZE})
endif()

# splitsite_add_module(NAME core SOURCES … PUBLIC_DEPS … PRIVATE_DEPS …)
# makes the library splitsite_core with the alias splitsite::core.
function(splitsite_add_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;PUBLIC_DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(splitsite_${M_NAME} STATIC ${M_SOURCES})
  add_library(splitsite::${M_NAME} ALIAS splitsite_${M_NAME})
  target_include_directories(splitsite_${M_NAME} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(splitsite_${M_NAME} PUBLIC ${M_PUBLIC_DEPS}
                        PRIVATE splitsite_options ${M_PRIVATE_DEPS})
endfunction()

# splitsite_add_program(NAME splitsite-agent SOURCES … DEPS …)
function(splitsite_add_program)
  cmake_parse_arguments(P "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${P_NAME} ${P_SOURCES})
  target_include_directories(${P_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${P_NAME} PRIVATE splitsite_options ${P_DEPS})
  set_target_properties(${P_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# splitsite_add_unit_test(NAME core SOURCES … DEPS …): one program per module, no privileges, no
# lab. Sources are compiled in, because a linker drops self-registering tests from a library.
# Tests may read the source tree through SPLITSITE_SOURCE_DIR (golden files).
function(splitsite_add_unit_test)
  cmake_parse_arguments(T "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(test_${T_NAME} ${T_SOURCES})
  target_compile_definitions(test_${T_NAME} PRIVATE SPLITSITE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(test_${T_NAME} PRIVATE splitsite_options splitsite_catch ${T_DEPS})
  # With durations: a test that runs out of time has said how far it came.
  add_test(NAME unit.${T_NAME} COMMAND test_${T_NAME} --durations yes)
  set_tests_properties(unit.${T_NAME} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
