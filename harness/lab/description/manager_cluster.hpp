// The times of a clustered Manager (two nodes under Corosync and Pacemaker, the witness's vote as
// the third): the same in every timing profile, for they follow from a round trip of up to 100 ms
// and from what an emulated CPU may sleep over, not from oVirt's timers. The nodes' configuration
// is generated from the same figures (topologies/image/node/cluster.jq; a test compares them).
// Rule: a node that has lost the vote has reset itself before the other one starts anything.
#pragma once

#include <chrono>

namespace splitsite::manager_cluster {

using std::chrono::milliseconds;

// A node is missed when Corosync's token is, and lost when the others have agreed on that.
inline constexpr milliseconds token{5000};
inline constexpr milliseconds consensus{6000};
// How long a new membership may wait for the third vote (corosync-qdevice's sync_timeout).
inline constexpr milliseconds third_vote{6000};
// sbd without a disk: a node without quorum is reset by its watchdog.
inline constexpr milliseconds watchdog{10000};
// How long the survivor waits before it counts on that (stonith-watchdog-timeout).
inline constexpr milliseconds fenced{22000};

static_assert(watchdog > third_vote, "sbd cannot ask Corosync while a membership is formed");
static_assert(fenced > third_vote + watchdog, "never two active Managers");

}  // namespace splitsite::manager_cluster
