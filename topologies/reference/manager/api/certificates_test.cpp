#include "topologies/reference/manager/api/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

using namespace splitsite::reference;

namespace {

X509* parse(const std::string& pem) {
  BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
  BIO_free_all(text);
  return certificate;
}

// 0 is X509_V_OK.
int verify(const std::string& server_pem, const std::string& ca_pem) {
  X509* server = parse(server_pem);
  X509* ca = parse(ca_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, ca);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, server, nullptr);
  X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
  X509_verify_cert(context);
  const int result = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  X509_free(ca);
  X509_free(server);
  return result;
}

}  // namespace

TEST_CASE("the server's certificate verifies against its CA and no other") {
  const auto made = make_certificates({"10.77.0.31", "manager"});
  const auto other = make_certificates({"10.77.0.31"});
  REQUIRE(made);
  REQUIRE(other);
  CHECK(verify(made.value().server_pem, made.value().ca_pem) == X509_V_OK);
  CHECK(verify(made.value().server_pem, other.value().ca_pem) != X509_V_OK);
}

TEST_CASE("the certificate is for the given addresses and names only") {
  X509* server = parse(make_certificates({"10.77.0.31", "manager"}).value().server_pem);
  REQUIRE(server != nullptr);
  CHECK(X509_check_ip_asc(server, "10.77.0.31", 0) == 1);
  CHECK(X509_check_host(server, "manager", 0, 0, nullptr) == 1);
  CHECK(X509_check_ip_asc(server, "10.77.0.32", 0) == 0);
  CHECK(X509_check_host(server, "witness", 0, 0, nullptr) == 0);
  // A client whose clock stands a day in the past must accept it too.
  CHECK(X509_cmp_time(X509_get0_notBefore(server), nullptr) < 0);
  time_t a_day_ago = time(nullptr) - 24 * 3600;
  CHECK(X509_cmp_time(X509_get0_notBefore(server), &a_day_ago) < 0);
  X509_free(server);
}

TEST_CASE("certificates are kept in files, the key for root only, and read back") {
  const std::string name = splitsite::make_temporary_directory().string();
  const std::string directory = std::string(name) + "/run";
  const auto first = load_or_make_certificates(directory, {"localhost"});
  REQUIRE(first);
  struct stat key {};
  REQUIRE(::stat((directory + "/server.key").c_str(), &key) == 0);
  CHECK((key.st_mode & 0777) == 0600);
  const auto again = load_or_make_certificates(directory, {"localhost"});
  REQUIRE(again);
  CHECK(again.value().ca_pem == first.value().ca_pem);
  CHECK(again.value().server_key_pem == first.value().server_key_pem);
  std::filesystem::remove(directory + "/server.key");
  CHECK(load_or_make_certificates(directory, {"localhost"}).value().ca_pem != first.value().ca_pem);
  std::filesystem::remove_all(name);
  const auto impossible = load_or_make_certificates("/nonexistent/run", {"localhost"});
  REQUIRE_FALSE(impossible);
  CHECK(impossible.error().subject == "/nonexistent/run");
}
