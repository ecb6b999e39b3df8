// The records of sanlock's status answer as they are on its socket (sanlock 3.8,
// src/sanlock_sock.h): a header, then states; each state is followed by its text and, for a
// lockspace or a resource, by the public structure that describes it. Same machine, so byte order
// and padding are our own.
#pragma once

#include <cstdint>

extern "C" {  // sanlock's headers do not say so themselves
#include <sanlock.h>
}

namespace splitsite::agent::wire {

inline constexpr std::uint32_t magic = 0x04282010;
inline constexpr int command_status = 5;

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t command;
  std::uint32_t flags;
  std::uint32_t length;
  std::uint32_t sequence;
  std::uint32_t data;
  std::uint32_t data2;
};
static_assert(sizeof(Header) == 32);

enum StateType : std::uint32_t { lockspace_state = 2, client_state = 3, resource_state = 4 };

struct State {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint32_t pid;      // of a resource's holder
  std::uint64_t version;  // of a resource
  char name[SANLK_NAME_LEN];
  std::uint32_t text_length;
};
static_assert(sizeof(State) == 80);

}  // namespace splitsite::agent::wire
