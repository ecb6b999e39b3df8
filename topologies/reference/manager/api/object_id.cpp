#include "topologies/reference/manager/api/object_id.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <unordered_map>

namespace splitsite::reference {
namespace {

// The namespace all ids are derived in; a random UUID chosen once.
constexpr std::array<unsigned char, 16> name_space = {
    0x5c, 0x0e, 0x8a, 0x41, 0x3b, 0x97, 0x4d, 0x52, 0x9e, 0x2b, 0x71, 0xd6, 0x10, 0xfa, 0xc3, 0x68};

std::string digest_id(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr);
  hash[6] = static_cast<unsigned char>((hash[6] & 0x0f) | 0x50);
  hash[8] = static_cast<unsigned char>((hash[8] & 0x3f) | 0x80);
  std::string id;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", hash[i]);
  }
  return id;
}

// Ids are asked for far more often than there are objects.
constexpr std::size_t most_kept = 4096;

}  // namespace

std::string object_id(std::string_view kind, std::string_view name) {
  thread_local std::unordered_map<std::string, std::string> kept;
  std::string text(name_space.begin(), name_space.end());
  text.append(kind).append("/").append(name);
  if (kept.size() > most_kept) kept.clear();
  const auto [found, made] = kept.try_emplace(text);
  if (made) found->second = digest_id(text);
  return found->second;
}

}  // namespace splitsite::reference
