#include "topologies/reference/fence_agent/options.hpp"

#include <charconv>
#include <sstream>

namespace splitsite::reference {
namespace {

Error unreadable(const std::string& line) {
  return {.kind = ErrorKind::Invalid,
          .attempted = "read the option",
          .subject = line,
          .why = "an option is name=value"};
}

Result<void> take(FenceOptions& options, const std::string& name, const std::string& value) {
  if (name == "action") options.action = value;
  if (name == "ip" || name == "ipaddr") options.address = value;
  if (name == "username" || name == "login") options.username = value;
  if (name == "password" || name == "passwd") options.password = value;
  if (name == "plug" || name == "port") options.plug = value;
  if (name != "ipport") return success();
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, options.ip_port);
  if (read.ec == std::errc() && read.ptr == end) return success();
  return unreadable(name + "=" + value);
}

}  // namespace

Result<FenceOptions> read_fence_options(const std::string& input) {
  FenceOptions options;
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos || equals == 0) return unreadable(line);
    SPLITSITE_TRY_VOID(take(options, line.substr(0, equals), line.substr(equals + 1)));
  }
  return options;
}

std::string fence_metadata() {
  return R"(<?xml version="1.0" ?>
<resource-agent name="fence_splitsite" shortdesc="Fence agent for a Splitsite lab">
<longdesc>Switches the power of a lab's host through its site's power controller.</longdesc>
<parameters>
<parameter name="action" required="1"><getopt mixed="-o" /><content type="string" default="reboot" /></parameter>
<parameter name="ip" required="1"><getopt mixed="-a" /><content type="string" /></parameter>
<parameter name="ipport"><getopt mixed="-u" /><content type="integer" default="7300" /></parameter>
<parameter name="username" required="1"><getopt mixed="-l" /><content type="string" /></parameter>
<parameter name="password"><getopt mixed="-p" /><content type="string" /></parameter>
<parameter name="plug" required="1"><getopt mixed="-n" /><content type="string" /></parameter>
</parameters>
<actions>
<action name="on" automatic="0"/>
<action name="off" />
<action name="reboot" />
<action name="status" />
<action name="monitor" />
<action name="metadata" />
</actions>
</resource-agent>
)";
}

}  // namespace splitsite::reference
