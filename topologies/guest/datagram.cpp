// The guest's side: text only, because the workload is a small static program.
#include "topologies/guest/datagram.hpp"

namespace splitsite::guest {

namespace {

std::string opening(const std::string& vm, std::uint64_t boot) {
  return R"({"vm":")" + vm + R"(","boot":)" + std::to_string(boot);
}

}  // namespace

std::string to_json(const StartReport& report) {
  return opening(report.vm, report.boot) + R"(,"found_seq":)" + std::to_string(report.found_seq) +
         R"(,"found_boot":)" + std::to_string(report.found_boot) + "}";
}

std::string to_json(const WriteReport& report) {
  return opening(report.vm, report.boot) + R"(,"seq":)" + std::to_string(report.seq) +
         R"(,"crc":)" + std::to_string(report.crc) + "}";
}

std::string to_json(const ErrorReport& report) {
  return opening(report.vm, report.boot) + R"(,"error":")" + report.error + R"("})";
}

}  // namespace splitsite::guest
