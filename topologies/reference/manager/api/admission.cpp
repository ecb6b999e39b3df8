#include "topologies/reference/manager/api/admission.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <vector>

namespace splitsite::reference {
namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::string_view basic = "Basic ";

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

Admission refused(std::string why) { return {.why = std::move(why)}; }

Admission by_token(Sessions& sessions, const std::string& token) {
  if (!sessions.is_valid(token)) return refused(fmt::format("invalid_grant: {}", expired_grant));
  return {.admitted = true, .token = token};
}

Admission by_password(Sessions& sessions, const std::string& argument) {
  const auto said = decode_basic(argument);
  const auto token = said ? sessions.log_in(said->user, said->password) : std::nullopt;
  if (!token) {
    return refused("access_denied: " + wrong_password(said ? said->user : std::string()));
  }
  return {.admitted = true, .token = *token, .ends_after = true};
}

// Whole minutes, at least one; anything else is as if it were not there.
std::optional<Duration> idle_limit(const std::string& minutes) {
  long count = 0;
  const auto [end, error] = std::from_chars(minutes.data(), minutes.data() + minutes.size(), count);
  const bool good = error == std::errc() && end == minutes.data() + minutes.size() && count >= 1;
  return good ? std::optional<Duration>(std::chrono::minutes(count)) : std::nullopt;
}

}  // namespace

std::optional<UserAndPassword> decode_basic(const std::string& argument) {
  const std::string plain = decode_base64(argument);
  const auto colon = plain.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return UserAndPassword{plain.substr(0, colon), plain.substr(colon + 1)};
}

std::string wrong_password(const std::string& user) {
  const auto at = user.rfind('@');
  if (at == std::string::npos) {
    return fmt::format("Cannot authenticate user '{}@N/A': No valid profile found in credentials..",
                       user);
  }
  return fmt::format(
      "Cannot authenticate user '{}': Unable to log in. Verify your login information or contact "
      "the system administrator..",
      user);
}

Admission admit(Sessions& sessions, const Credentials& credentials) {
  const bool keeps = credentials.persistent && !credentials.fresh;
  if (!keeps) sessions.forget(credentials.cookie);
  const auto kept = keeps ? sessions.kept(credentials.cookie) : std::nullopt;
  if (kept && sessions.is_valid(*kept)) return {.admitted = true, .token = *kept};
  Admission made;
  const std::string& header = credentials.authorization;
  if (header.starts_with(bearer)) {
    made = by_token(sessions, header.substr(bearer.size()));
  } else if (header.starts_with(basic)) {
    made = by_password(sessions, header.substr(basic.size()));
  } else {
    return refused("Unauthorized");
  }
  if (!made.admitted || !credentials.persistent) return made;
  if (const auto limit = idle_limit(credentials.session_ttl)) sessions.limit(made.token, *limit);
  made.new_cookie = sessions.keep(made.token);
  made.ends_after = false;
  return made;
}

}  // namespace splitsite::reference
