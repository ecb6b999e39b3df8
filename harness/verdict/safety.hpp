// Safety: what must be true in every run, whatever its story. Judged on what the agents saw of QEMU
// processes, sanlock and DRBD, and on what the guests wrote; never on the Manager's word.
#pragma once

#include <vector>

#include "harness/core/id.hpp"
#include "harness/observe/history.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

// No VM ever runs on two hosts at once. In a live migration the two hosts' reports travel apart, so
// a hand-over may seem to overlap by up to `hand_over_slack`; the largest seeming overlap is shown.
Verdict single_copy(const Events& events, const std::vector<VmId>& vms,
                    Duration hand_over_slack = std::chrono::seconds(2));

// No lease (SPM or VM) is ever held on two hosts at once. Where it moves with its migrating VM, its
// two looks may seem to overlap by as much; a certain overlap is never excused.
Verdict single_lease_holder(const Events& events, const std::vector<std::string>& leases,
                            Duration hand_over_slack = std::chrono::seconds(2));

// The two halves of the replicated storage never take writes apart from each other: both primary,
// both up to date, neither suspended, and not connected.
Verdict one_writable_half(const Events& events);

// Every write a guest was told is durable is on the disk at the end, written by the incarnation
// that was told, and no record of a former incarnation follows one of a newer incarnation.
// Needs a guest.scan of every VM; acknowledgements after the scan are not judged.
Verdict no_lost_write(const Events& events, const std::vector<VmId>& vms);

}  // namespace splitsite
