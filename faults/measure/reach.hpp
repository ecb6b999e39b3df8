// Whether anything gets through, one direction at a time: datagrams for the way itself, new TCP
// connections for what a program would see. Silence is judged on one look, because anything heard
// disproves it; being reached is waited for, because a busy moment must not decide.
#pragma once

#include "faults/measure/way.hpp"

namespace splitsite {

// A port of the far end; 0 is the agents' own echo service, which every node has.
struct Service {
  Way way;
  int port = 0;
};

// Each returns what was measured, as a sentence for the proof.

// At least one datagram of `payload` bytes arrives, within 20 s.
Result<std::string> arrives(const Bench& bench, const Way& way, int payload = 64);
Result<std::string> nothing_arrives(const Bench& bench, const Way& way, int payload = 64);

// A new connection is made, within 20 s.
Result<std::string> connects(const Bench& bench, const Service& service);
// Nobody says anything to a new connection, for a second.
Result<std::string> connection_times_out(const Bench& bench, const Service& service);
// A new connection is refused at once: by a reset, or by an ICMP message on the way.
Result<std::string> connection_is_refused(const Bench& bench, const Service& service);

// Datagrams die in both directions and so does a new connection.
Result<std::string> both_ways_silent(const Bench& bench, const Way& way);
// Datagrams pass in both directions and a new connection is made: for controls and for healing.
Result<std::string> both_ways_open(const Bench& bench, const Way& way);

}  // namespace splitsite
