// A fault's parameters as a person types them ("added=10ms"), and their one strict reader: typed
// values, checked against what the fault's catalogue entry says and against the lab. Every error is
// Invalid and names the parameter and what is allowed; nothing has been touched by then.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

struct ParameterSpec {
  std::string name;  // "added"
  std::string type;  // site, node, host, link, duration, percent, rate, count, choice, flag, text
  std::string meaning;
  // The default as text. Empty: must be given. "none": may be left out, ask given().
  std::string otherwise;
  std::string allowed;  // "more than 0 to 5 s", "drop, reject"
};

using Parameters = std::map<std::string, std::string>;

// "sites=a-b added=10ms", and back (in order of name).
Result<Parameters> parse_parameters(const std::string& text);
std::string to_text(const Parameters& parameters);

// "10ms", "1.5s", "2min"; units ns, us, ms, s, min, h. Invalid if it is no such text, or negative.
Result<Duration> parse_duration(const std::string& text);

class ParameterReader {
 public:
  // Invalid: a name the fault does not know, or one missing that must be given. `config` outlives
  // the reader.
  static Result<ParameterReader> create(std::string fault, std::vector<ParameterSpec> specs,
                                        Parameters given, const LabConfig& config);

  const LabConfig& config() const { return *config_; }
  // Typed by the person, rather than left to its default.
  bool given(const std::string& name) const { return given_.count(name) > 0; }

  // All of these read the default if nothing was given. Ranges include both ends; the text of the
  // range in an error is the spec's `allowed`.
  Result<SiteId> site(const std::string& name) const;             // any site of the lab
  Result<SiteId> site_with_hosts(const std::string& name) const;  // one of the two
  // "a-b": two different sites, in the order given. That a link joins them is not checked.
  Result<std::pair<SiteId, SiteId>> sites(const std::string& name) const;
  Result<NodeId> node(const std::string& name) const;  // any node of the lab
  Result<NodeId> node(const std::string& name, NodeRole role) const;
  Result<NodeId> host(const std::string& name) const { return node(name, NodeRole::Host); }
  Result<std::vector<NodeId>> nodes(
      const std::string& name) const;  // "host-a1,sto-a", at least one
  Result<VmId> vm(const std::string& name) const;
  Result<Duration> duration(const std::string& name, Duration least, Duration most) const;
  // Refused unless whole: what is passed on in milliseconds must not lose a part of it.
  Result<Duration> whole_milliseconds(const std::string& name, Duration least, Duration most) const;
  Result<double> percent(const std::string& name, double least = 0, double most = 100) const;
  Result<int> whole_percent(const std::string& name, int least, int most) const;
  // Bits per second: "10Mbit", "64kbit", "1Gbit", "9600bit".
  Result<std::uint64_t> rate(const std::string& name, std::uint64_t least,
                             std::uint64_t most) const;
  Result<std::int64_t> count(const std::string& name, std::int64_t least, std::int64_t most) const;
  Result<double> number(const std::string& name, double least, double most) const;
  Result<std::string> choice(const std::string& name,
                             std::initializer_list<const char*> words) const;
  Result<bool> flag(const std::string& name) const;  // yes, no
  Result<std::string> text(const std::string& name) const;

  // The choice as a value: reader.choice_of<Cut>("how", {{"drop", Cut::Drop}, …}).
  template <class T>
  Result<T> choice_of(const std::string& name,
                      std::initializer_list<std::pair<const char*, T>> values) const {
    SPLITSITE_TRY(const std::string word, text(name));
    for (const auto& [known, value] : values) {
      if (word == known) return value;
    }
    return wrong(name, "is not one of its words");
  }

  // For what only the fault can judge: `why` continues the sentence 'parameter "how": "x" …'.
  Error wrong(const std::string& name, const std::string& why) const;

 private:
  ParameterReader(std::string fault, std::vector<ParameterSpec> specs, Parameters given,
                  const LabConfig& config);
  const ParameterSpec* find(const std::string& name) const;
  Error not_among(const std::string& name, const std::string& allowed) const;

  std::string fault_;
  std::vector<ParameterSpec> specs_;
  Parameters given_;
  const LabConfig* config_;
};

}  // namespace splitsite
