#include "topologies/reference/manager/api/certificates.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <sstream>

#include "harness/core/handle.hpp"

namespace splitsite::reference {
namespace {

template <class T, void (*Free)(T*)>
struct OpensslPolicy {
  using Type = T*;
  static Type empty() { return nullptr; }
  static void close(Type handle) noexcept { Free(handle); }
};
void free_bio(BIO* bio) { BIO_free_all(bio); }

using Key = UniqueHandle<OpensslPolicy<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = UniqueHandle<OpensslPolicy<X509, X509_free>>;
using Extension = UniqueHandle<OpensslPolicy<X509_EXTENSION, X509_EXTENSION_free>>;
using Buffer = UniqueHandle<OpensslPolicy<BIO, free_bio>>;

constexpr long month = 30L * 24 * 3600;
constexpr long ten_years = 3650L * 24 * 3600;

Error openssl_error(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return Error{.kind = ErrorKind::Internal,
               .attempted = "make the Manager's certificate",
               .subject = {},
               .why = fmt::format("{}: {}", what, text.data())};
}

Error file_error(const std::string& path) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "write",
               .subject = path,
               .why = errno_text(errno)};
}

// "IP:10.77.0.31,DNS:manager"
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    std::array<unsigned char, 16> address{};
    const bool is_address = ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
                            ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", is_address ? "IP" : "DNS", name);
  }
  return list;
}

bool set_name(X509_NAME* name, const std::string& common_name) {
  const auto add = [name](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                      0) == 1;
  };
  return add("O", "splitsite") && add("CN", common_name);
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  std::uint64_t serial = 1;
  for (const unsigned char byte : bytes) serial = (serial << 7) | (byte & 0x7fu);
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

// Everything but extensions and signature.
Certificate blank(EVP_PKEY* key, const std::string& common_name, const X509_NAME* issuer) {
  Certificate certificate(X509_new());
  X509* raw = certificate.get();
  const bool good =
      raw != nullptr && X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw) &&
      X509_gmtime_adj(X509_getm_notBefore(raw), -month) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(raw), ten_years) != nullptr &&
      X509_set_pubkey(raw, key) == 1 && set_name(X509_get_subject_name(raw), common_name) &&
      X509_set_issuer_name(raw, issuer != nullptr ? issuer : X509_get_subject_name(raw)) == 1;
  if (!good) certificate.reset();
  return certificate;
}

template <class Write>
Result<std::string> pem(Write write) {
  const Buffer buffer(BIO_new(BIO_s_mem()));
  if (!buffer || write(buffer.get()) != 1) return openssl_error("write PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(buffer.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// On the disk when this returns: a Manager that is taken over a moment later keeps its identity.
Result<void> write_file(const std::string& path, const std::string& text, mode_t mode) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd) return file_error(path);
  const ssize_t written = ::write(fd.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) return file_error(path);
  if (::fsync(fd.get()) != 0) return file_error(path);
  return success();
}

Result<void> keep_names(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return file_error(directory);
  return success();
}

std::string read_file(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Result<Certificates> make_certificates(const std::vector<std::string>& names) {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key server_key(EVP_EC_gen("P-256"));
  if (!ca_key || !server_key) return openssl_error("make keys");
  const Certificate ca = blank(ca_key.get(), "splitsite reference Manager CA", nullptr);
  const bool ca_good = ca &&
                       extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") &&
                       extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                       extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
                       X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0;
  if (!ca_good) return openssl_error("sign the CA");
  const std::string name = names.empty() ? "localhost" : names.front();
  const Certificate server = blank(server_key.get(), name, X509_get_subject_name(ca.get()));
  const bool server_good =
      server && extend(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      extend(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature") &&
      extend(server.get(), ca.get(), NID_ext_key_usage, "serverAuth") &&
      extend(server.get(), ca.get(), NID_authority_key_identifier, "keyid:always") &&
      extend(server.get(), ca.get(), NID_subject_alt_name,
             alternative_names(names.empty() ? std::vector{name} : names)) &&
      X509_sign(server.get(), ca_key.get(), EVP_sha256()) > 0;
  if (!server_good) return openssl_error("sign the server's certificate");
  Certificates made;
  SPLITSITE_TRY(made.ca_pem, pem([&](BIO* to) { return PEM_write_bio_X509(to, ca.get()); }));
  SPLITSITE_TRY(made.server_pem,
                pem([&](BIO* to) { return PEM_write_bio_X509(to, server.get()); }));
  SPLITSITE_TRY(made.server_key_pem, pem([&](BIO* to) {
                  return PEM_write_bio_PKCS8PrivateKey(to, server_key.get(), nullptr, nullptr, 0,
                                                       nullptr, nullptr);
                }));
  return made;
}

Result<Certificates> load_or_make_certificates(const std::string& directory,
                                               const std::vector<std::string>& names) {
  const std::string ca = directory + "/ca.pem";
  const std::string server = directory + "/server.pem";
  const std::string key = directory + "/server.key";
  Certificates found{read_file(ca), read_file(server), read_file(key)};
  if (!found.ca_pem.empty() && !found.server_pem.empty() && !found.server_key_pem.empty()) {
    return found;
  }
  SPLITSITE_TRY(Certificates made, make_certificates(names));
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return file_error(directory);
  SPLITSITE_TRY_VOID(write_file(key, made.server_key_pem, 0600));
  SPLITSITE_TRY_VOID(write_file(server, made.server_pem, 0644));
  SPLITSITE_TRY_VOID(write_file(ca, made.ca_pem, 0644));
  SPLITSITE_TRY_VOID(keep_names(directory));
  return made;
}

}  // namespace splitsite::reference
