#include "harness/adapters/ovirt/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace splitsite::ovirt {
namespace {

constexpr std::size_t longest_excerpt = 160;

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  text.erase(
      std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
      text.end());
  if (!text.empty() && text.front() == ' ') text.erase(0, 1);
  if (text.size() > longest_excerpt) text = text.substr(0, longest_excerpt) + "…";
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// RFC 6749 has error and error_description; the engine's own SSO has error and error_code.
std::optional<std::string> oauth_error(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_string()) return {};
  const std::string error = json["error"];
  for (const char* key : {"error_description", "error_code"}) {
    if (json.contains(key) && json[key].is_string()) {
      return fmt::format("{} ({})", error, json[key].get<std::string>());
    }
  }
  return error;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  return text;
}

// Error pages are often not well-formed XML, so an element is cut out by hand.
std::optional<std::string> html_element(const std::string& page, const std::string& name) {
  const std::string lower_page = lower(page);
  const std::string tag = "<" + name + ">";
  const auto open = lower_page.find(tag);
  if (open == std::string::npos) return {};
  const auto begin = open + tag.size();
  const auto end = lower_page.find("</" + name + ">", begin);
  if (end == std::string::npos) return {};
  return one_line(page.substr(begin, end - begin));
}

// The engine's own page is entitled "Error" and has its words in the body.
std::optional<std::string> html_page(const std::string& page) {
  const auto title = html_element(page, "title");
  if (!title) return {};
  const auto words = *title == "Error" ? html_element(page, "body") : std::nullopt;
  return words ? *words : fmt::format("page \"{}\"", *title);
}

}  // namespace

std::optional<Fault> find_fault(const std::string& body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  pugi::xml_node node = document.child("fault");
  if (!node) node = document.child("action").child("fault");
  if (!node) return {};
  return Fault{node.child("reason").text().as_string(), node.child("detail").text().as_string()};
}

std::string describe(const Fault& fault) {
  if (fault.reason.empty()) return fault.detail.empty() ? "no reason given" : fault.detail;
  return fault.detail.empty() ? fault.reason : fmt::format("{}: {}", fault.reason, fault.detail);
}

std::string explain_body(const std::string& body) {
  if (const auto fault = find_fault(body)) return one_line(describe(*fault));
  if (const auto error = oauth_error(body)) return one_line(*error);
  if (const auto page = html_page(body)) return *page;
  return one_line(body);
}

Error http_error(long status, const std::string& body, std::string attempted, std::string subject) {
  const std::string words = explain_body(body);
  ErrorKind kind = ErrorKind::Internal;
  if (status >= 400 && status < 500) kind = ErrorKind::Refused;
  if (status >= 500) kind = ErrorKind::Unavailable;
  return Error{.kind = kind,
               .attempted = std::move(attempted),
               .subject = std::move(subject),
               .why = words.empty() ? fmt::format("HTTP {}", status)
                                    : fmt::format("HTTP {}: {}", status, words)};
}

}  // namespace splitsite::ovirt
