#include "topologies/reference/manager/api/sessions.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

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
  drop_idle(now);
  tokens_[token] = {.last = now, .idle_limit = idle_limit_};
  return token;
}

void Sessions::drop_idle(Instant now) {
  std::erase_if(tokens_,
                [&](const auto& each) { return now - each.second.last > each.second.idle_limit; });
  std::erase_if(cookies_, [&](const auto& each) { return !tokens_.contains(each.second); });
}

bool Sessions::is_valid(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  drop_idle(now);
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) return false;
  found->second.last = now;
  return true;
}

void Sessions::revoke(const std::string& token) {
  const std::lock_guard lock(mutex_);
  tokens_.erase(token);
}

void Sessions::limit(const std::string& token, Duration idle_limit) {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(token);
  if (found != tokens_.end()) found->second.idle_limit = idle_limit;
}

std::string Sessions::keep(const std::string& token) {
  std::string cookie = random_token();
  const std::lock_guard lock(mutex_);
  cookies_[cookie] = token;
  return cookie;
}

std::optional<std::string> Sessions::kept(const std::string& cookie) {
  const std::lock_guard lock(mutex_);
  const auto found = cookies_.find(cookie);
  return found == cookies_.end() ? std::nullopt : std::optional(found->second);
}

void Sessions::forget(const std::string& cookie) {
  const std::lock_guard lock(mutex_);
  cookies_.erase(cookie);
}

bool Sessions::is_account(const std::string& user, const std::string& password) const {
  const bool known = user == account_.user || user == account_.user + "-authz";
  return same(password, account_.password) && known;
}

}  // namespace splitsite::reference
