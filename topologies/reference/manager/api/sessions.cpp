#include "topologies/reference/manager/api/sessions.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <vector>

namespace splitsite::reference {
namespace {

constexpr std::size_t token_bytes = 48;

// OAuth wants a token of URL-safe characters.
std::string random_token() {
  std::array<unsigned char, token_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  std::string text(4 * token_bytes / 3 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string decode_base64(const std::string& text) {
  std::vector<unsigned char> bytes(text.size() + 4);
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (size < 0) return {};
  std::string plain(bytes.begin(), bytes.begin() + size);
  // The decoder leaves a zero byte for each '='.
  while (!plain.empty() && plain.back() == '\0') plain.pop_back();
  return plain;
}

// In the same time whatever the difference is.
bool same(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Sessions::Sessions(Account account, Clock& clock, Duration idle_limit)
    : account_(std::move(account)), clock_(clock), idle_limit_(idle_limit) {}

std::optional<std::string> Sessions::log_in(const std::string& user, const std::string& password) {
  if (!is_account(user, password)) return std::nullopt;
  std::string token = random_token();
  if (token.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  std::erase_if(last_use_, [&](const auto& each) { return now - each.second > idle_limit_; });
  last_use_[token] = now;
  return token;
}

bool Sessions::is_valid(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const auto found = last_use_.find(token);
  if (found == last_use_.end()) return false;
  const Instant now = clock_.now();
  if (now - found->second > idle_limit_) {
    last_use_.erase(found);
    return false;
  }
  found->second = now;
  return true;
}

void Sessions::revoke(const std::string& token) {
  const std::lock_guard lock(mutex_);
  last_use_.erase(token);
}

bool Sessions::is_authorized(const std::string& header) {
  constexpr std::string_view bearer = "Bearer ";
  constexpr std::string_view basic = "Basic ";
  if (header.starts_with(bearer)) return is_valid(header.substr(bearer.size()));
  if (!header.starts_with(basic)) return false;
  const std::string plain = decode_base64(header.substr(basic.size()));
  const auto colon = plain.find(':');
  if (colon == std::string::npos) return false;
  return is_account(plain.substr(0, colon), plain.substr(colon + 1));
}

bool Sessions::is_account(const std::string& user, const std::string& password) const {
  const bool known = user == account_.user || user == account_.user + "-authz";
  return same(password, account_.password) && known;
}

}  // namespace splitsite::reference
