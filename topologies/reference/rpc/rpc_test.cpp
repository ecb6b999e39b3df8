#include "topologies/reference/rpc/rpc.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::reference::rpc {
namespace {

HostStats some_stats() {
  HostStats stats;
  stats.hostname = "host-a1";
  stats.boot_id = "6f2c";
  stats.uptime = std::chrono::milliseconds(4200);
  stats.storage = {.connected = true,
                   .lun_visible = true,
                   .lun_error = "",
                   .last_check = std::chrono::milliseconds(900),
                   .delay = std::chrono::milliseconds(12),
                   .lockspace_joined = true};
  stats.spm = {.status = SpmRole::Spm, .lver = 3};
  stats.vms = {{.vm = VmId("vm-1"), .status = VmPhase::Up, .pid = 812},
               {.vm = VmId("vm-3"), .status = VmPhase::RebootInProgress, .pid = 813},
               {.vm = VmId("vm-2"),
                .status = VmPhase::Down,
                .exit_code = 1,
                .exit_message = "Failed to acquire lock: Lease is held by another host",
                .exit_reason = static_cast<int>(ExitReason::LibvirtStartFailed)}};
  stats.mem_free_mib = 300;
  stats.mem_total_mib = 900;
  stats.cpu_load = 0.25;
  stats.ha = {.configured = true,
              .active = true,
              .score = 3400,
              .global_maintenance = true,
              .local_maintenance = true};
  return stats;
}

TEST_CASE("A host's statistics survive the way over the wire unchanged") {
  const auto back = decode_reply(GetStats{}, encode(Reply(some_stats())));
  REQUIRE(back.has_value());
  CHECK(std::get<HostStats>(back.value()) == some_stats());
}

TEST_CASE("Every request is read as what was written") {
  const Request all[] = {GetStats{},
                         ConnectPool{3},
                         DisconnectPool{},
                         GetSpmStatus{},
                         StartSpm{2},
                         StopSpm{},
                         CreateVm{VmId("vm-1"), false, ResumeBehaviour::LeavePaused},
                         ShutdownVm{VmId("vm-1")},
                         DestroyVm{VmId("vm-1")},
                         ContinueVm{VmId("vm-1")},
                         MigrateVm{VmId("vm-1"), "host-b1"},
                         CreateLease{VmId("vm-1")},
                         DeleteLease{VmId("vm-1")},
                         PlugLease{VmId("vm-1")},
                         UnplugLease{VmId("vm-1")},
                         FenceNode{.address = "10.77.0.10",
                                   .port = "host-a1",
                                   .agent = "splitsite",
                                   .username = "splitsite",
                                   .password = "secret",
                                   .action = "off",
                                   .options = "ipport=7300",
                                   .lease_ids = {{"data", 1}}},
                         RestartDaemon{},
                         SetHaMaintenance{true},
                         RebootVm{VmId("vm-1")},
                         CancelMigration{VmId("vm-1")}};
  for (const Request& request : all) {
    const auto back = decode_request(encode(request));
    REQUIRE(back.has_value());
    CHECK(back.value().index() == request.index());
    CHECK(encode(back.value()) == encode(request));
  }
}

TEST_CASE("VM.create on the wire is VDSM's verb with its parameters") {
  CHECK(encode(Request(CreateVm{VmId("vm-1"), true})) ==
        R"({"method":"VM.create","params":{"resume_behaviour":"auto_resume","vm":"vm-1",)"
        R"("with_lease":true}})");
}

TEST_CASE("An error keeps its number and text") {
  const auto back = decode_reply(StopSpm{}, R"({"error":{"code":652,"message":"busy"}})");
  REQUIRE(back.has_value());
  CHECK(std::get<Error>(back.value()) == Error{652, "busy"});
}

TEST_CASE("What is missing, unknown or of the wrong type is refused by name") {
  CHECK(decode_request("nonsense").has_error());
  CHECK(decode_request("[]").has_error());
  CHECK(decode_request(R"({"method":"VM.create","params":{"vm":"vm-1"}})").error().why ==
        "missing key: with_lease");
  CHECK(decode_request(R"({"method":"VM.create","params":{"vm":7,"with_lease":true,)"
                       R"("resume_behaviour":"kill"}})")
            .error()
            .why == "wrong type: vm");
  CHECK(decode_request(R"({"method":"VM.destroy","params":{"vm":"vm-1","force":true}})")
            .error()
            .why == "unknown key: force");
  CHECK(decode_reply(GetSpmStatus{},
                     R"({"result":{"spm_status":"Maybe","spm_id":1,"owner_state":"LIVE"}})")
            .error()
            .why == "unknown word for spm_status: Maybe");
  CHECK(decode_reply(StopSpm{}, R"({"result":{"left":1}})").has_error());
  CHECK(decode_reply(StopSpm{}, R"({})").has_error());
  std::string broken = encode(Reply(some_stats()));
  broken.replace(broken.find("\"pid\":812"), 9, "\"pid\":8.5");
  CHECK(decode_reply(GetStats{}, broken).error().why == "vms: wrong type: pid");
}

TEST_CASE("Only an unknown method is an unknown method") {
  CHECK(is_unknown_method(R"({"method":"VM.fly","params":{}})"));
  CHECK_FALSE(is_unknown_method(R"({"method":"VM.create","params":{}})"));
  CHECK_FALSE(is_unknown_method("nonsense"));
}

}  // namespace
}  // namespace splitsite::reference::rpc
