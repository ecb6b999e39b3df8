// Media types: what a body is written in, and what the answer is to be written in.
#pragma once

#include <optional>
#include <string>

namespace splitsite::reference {

enum class Media { Xml, Json };

// Of a Content-Type header. A body without one is read as XML; none: HTTP 415.
std::optional<Media> body_media(const std::string& content_type);

// Of an Accept header, by quality, XML before JSON where both are equal; a missing one takes XML.
// None: HTTP 406.
std::optional<Media> answer_media(const std::string& accept);

// Correlation-Id as oVirt takes it (CurrentFilter): letters, digits, '_' and '-', 36 at most.
std::string clean_correlation_id(const std::string& text);
// For a request that has none.
std::string random_correlation_id();

}  // namespace splitsite::reference
