#include "harness/lab/description/timing_profile.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const std::string folder = SPLITSITE_SOURCE_DIR "/topologies/timing/";

std::string refusal(const std::string& text) {
  const auto timing = parse_timing_profile("t.toml", text);
  REQUIRE(timing.has_error());
  CHECK(timing.error().kind == ErrorKind::Invalid);
  return timing.error().message();
}

std::string profile(const std::string& scale, const std::string& io_timeout,
                    const std::string& ovirt = {}) {
  return "name = \"t\"\nscale = " + scale + "\n[sanlock]\nio_timeout = " + io_timeout +
         "\n[ovirt]\n" + ovirt + "\n";
}

TEST_CASE("The production profile is what oVirt and sanlock ship") {
  const TimingConfig timing = load_timing_profile(folder + "production.toml").value();
  TimingConfig defaults;
  defaults.profile = "production";
  LabConfig left{.timing = timing};
  LabConfig right{.timing = defaults};
  CHECK(to_json(left) == to_json(right));
  CHECK(timing.host_dead_after() == 140s);
  CHECK(timing.lease_lost_after() == 80s);
}

TEST_CASE("The fast profile scales every timer and no count") {
  const TimingConfig timing = load_timing_profile(folder + "fast.toml").value();
  CHECK(timing.profile == "fast");
  CHECK(timing.sanlock_io_timeout == 3s);
  CHECK(timing.host_dead_after() == 84s);
  CHECK(timing.vds_refresh_rate == 900ms);
  CHECK(timing.vds_connection_timeout == 6s);
  CHECK(timing.delay_reset_per_vm == 150ms);
  CHECK(timing.storage_domain_failure_timeout == 90s);
  CHECK(timing.affinity_rules_enforcement_interval == 18s);
  CHECK(timing.vds_attempts_to_reset_count == 2);
  CHECK(timing.number_vds_refreshes_before_try_to_start_unknown_vms == 10);
  CHECK(timing.number_vds_refreshes_before_retry_to_start_unknown_vms == 100);
}

TEST_CASE("A timer named in the profile is taken as it is, in oVirt's unit") {
  const TimingConfig timing = parse_timing_profile("t.toml", profile("0.5", "3",
                                                                     "VdsRefreshRate = 2\n"
                                                                     "AutoRecoverySchedule = 0.5\n"
                                                                     "MaxRerunVmOnVdsCount = 7"))
                                  .value();
  CHECK(timing.vds_refresh_rate == 2s);
  CHECK(timing.auto_recovery_interval == 30s);
  CHECK(timing.max_rerun_vm_on_vds_count == 7);
  CHECK(timing.vds_heartbeat == 15s);
}

TEST_CASE("A sanlock timeout the watchdog cannot follow is refused with the reason") {
  CHECK(refusal(profile("1.0", "2")) ==
        "could not load timing profile t.toml:4:1: io_timeout must be at least 3 s, not 2; the "
        "watchdog daemon tests every 10 s, and 8 × io_timeout must stay well above that, or "
        "healthy hosts are reset");
  CHECK(refusal(profile("1.0", "2.5")) ==
        "could not load timing profile t.toml:4:1: io_timeout must be a whole number, 1 … 60 s; "
        "this is a fraction");
}

TEST_CASE("A mistake in a timing profile is refused") {
  CHECK(refusal(profile("0", "3")) ==
        "could not load timing profile t.toml:2:1: scale must be 0.05 … 10, not 0");
  CHECK(refusal(profile("1.0", "3", "VdsRefreshRat = 3")) ==
        "could not load timing profile t.toml:6:1: [ovirt] has no key \"VdsRefreshRat\"; did you "
        "mean \"VdsRefreshRate\"?");
  CHECK(refusal(profile("1.0", "3", "VdsRefreshRate = 0")) ==
        "could not load timing profile t.toml:6:1: VdsRefreshRate must be 0.001 … 86400 s, not 0");
  CHECK(refusal(profile("1.0", "3", "MaxRerunVmOnVdsCount = 1.5")) ==
        "could not load timing profile t.toml:6:1: MaxRerunVmOnVdsCount must be a whole number, "
        "0 … 10000; this is a fraction");
  CHECK(refusal("name = \"t\"\nscale = 1.0\n[ovirt]\n") ==
        "could not load timing profile t.toml:1:1: there is no [sanlock]");
}

}  // namespace
}  // namespace splitsite
