// What a netem leaf can be asked for, in the kernel's own units and back. Pure: no netlink here.
#pragma once

#include <cstdint>

#include "harness/core/result.hpp"
#include "harness/ports/links.hpp"

namespace splitsite::netlink {

// The kernel takes longer delays; on a link between two sites they are typing errors.
constexpr Duration longest_delay = std::chrono::seconds(60);
constexpr std::uint64_t lowest_rate = 8'000;             // bit/s
constexpr std::uint64_t highest_rate = 100'000'000'000;  // bit/s: above it, no limit says the same
constexpr Duration shortest_flap = std::chrono::milliseconds(10);
constexpr Duration longest_flap = std::chrono::hours(1);
constexpr int shortest_packet_limit = 68;  // bytes: what every IPv4 link must carry (RFC 791)
constexpr int longest_packet_limit = 65'535;

// Invalid, naming the parameter and its allowed range, if the kernel would refuse `impairment` or,
// worse, do something else: jitter without delay, or above it, is silently cut at zero; a
// correlation of nothing, or random loss beside burst loss, is silently forgotten. Judges all of
// it, also what is not a leaf's to do (cut, flapping, longest packet).
Result<void> validate(const Impairment& impairment);

// The part of `impairment` a leaf can do, while the direction is `down` or not. Down by Cut::Drop
// is a loss of everything; what netem would add to nothing is left out, because a duplicate of a
// lost packet still arrives.
Impairment leaf_part(const Impairment& impairment, bool down);

// Two leaves that the kernel cannot tell apart: it keeps percentages as fractions of 2^32 - 1, the
// rate in bytes, and does not tell the shape of a jitter.
bool same_leaf(const Impairment& asked, const Impairment& read);

// Packets the leaf may hold: netem's own 1000 overflow at 240 Mbit/s and 50 ms, which is loss
// nobody asked for. Without a rate, room for 1 Gbit/s of full frames during the delay, and never
// little. With one, what is on its way at that rate plus a fifth of a second of full frames, as a
// router's buffer: more would turn a slow link into one of minutes of delay.
std::uint32_t limit_for(const Impairment& impairment);

// Probabilities are fractions of 2^32 - 1.
std::uint32_t probability_from_percent(double percent);
double percent_from_probability(std::uint32_t probability);

}  // namespace splitsite::netlink
