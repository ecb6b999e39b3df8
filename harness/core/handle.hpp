// UniqueHandle<Policy>: sole ownership of a foreign handle. A policy names the handle's type, its
// empty value and how to close it:
//
//   struct FdPolicy { using Type = int; static Type empty() { return -1; }
//                     static void close(Type fd) noexcept { ::close(fd); } };
#pragma once

#include <unistd.h>

#include <utility>

namespace splitsite {

template <class Policy>
class [[nodiscard]] UniqueHandle {
 public:
  using Type = typename Policy::Type;

  UniqueHandle() = default;
  explicit UniqueHandle(Type handle) : handle_(handle) {}
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(other.release()) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueHandle(const UniqueHandle&) = delete;
  UniqueHandle& operator=(const UniqueHandle&) = delete;
  ~UniqueHandle() { reset(); }

  Type get() const { return handle_; }
  explicit operator bool() const { return handle_ != Policy::empty(); }
  Type release() { return std::exchange(handle_, Policy::empty()); }
  void reset(Type next = Policy::empty()) {
    Type old = std::exchange(handle_, next);
    if (old != Policy::empty()) Policy::close(old);
  }

 private:
  Type handle_ = Policy::empty();
};

struct FdPolicy {
  using Type = int;
  static Type empty() { return -1; }
  static void close(Type fd) noexcept { ::close(fd); }
};
using UniqueFd = UniqueHandle<FdPolicy>;

}  // namespace splitsite
