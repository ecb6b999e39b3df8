// The kinds of change every node knows, whatever its role: its clock, CPU, memory, disk, and its
// own going down.
#pragma once

#include "harness/agent/changes/change_book.hpp"

namespace splitsite::agent {

// Both outlive the book's kinds.
void add_node_changes(ChangeBook& book, EventLoop& loop);

}  // namespace splitsite::agent
