#include "harness/event_loop/event_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "harness/event_loop/line_buffer.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

TEST_CASE("Lines come out whole however the bytes arrive") {
  LineBuffer lines(100);
  lines.add("{\"id\":");
  CHECK_FALSE(lines.next());
  lines.add("1}\r\n\n{\"id\":2}\n{");
  CHECK(lines.next() == "{\"id\":1}");
  CHECK(lines.next() == "");
  CHECK(lines.next() == "{\"id\":2}");
  CHECK_FALSE(lines.next());
}

TEST_CASE("A line over the limit is dropped and counted; the next one is read") {
  LineBuffer lines(8);
  lines.add("123456789");
  lines.add("0123\nshort\n");
  CHECK(lines.next() == "short");
  CHECK(lines.take_dropped() == 1);
  lines.add("a line too long in one piece\nok\n");
  CHECK(lines.next() == "ok");
  CHECK(lines.take_dropped() == 1);
  CHECK(lines.take_dropped() == 0);
}

TEST_CASE("What a vanished sender left half-written is forgotten") {
  LineBuffer lines(100);
  lines.add("{\"half");
  lines.forget_partial();
  lines.add("whole\n");
  CHECK(lines.next() == "whole");
}

TEST_CASE("A readable descriptor calls back until it is forgotten, also by itself") {
  auto loop = std::move(EventLoop::create().value());
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  int calls = 0;
  REQUIRE(loop->watch(reader.get(), EPOLLIN, [&](std::uint32_t) {
    if (++calls == 2) loop->forget(reader.get());
  }));
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  for (int round = 0; round < 4; ++round) loop->run_once(1ms);
  CHECK(calls == 2);
}

TEST_CASE("Timers fire once or again and again, and not after they were cancelled") {
  auto loop = std::move(EventLoop::create().value());
  int once = 0;
  int again = 0;
  int never = 0;
  loop->after(1ms, [&] { ++once; });
  const auto cancelled = loop->after(1ms, [&] { ++never; });
  loop->cancel(cancelled);
  loop->every(1ms, [&] {
    if (++again == 3) loop->stop();
  });
  loop->run();
  CHECK(once == 1);
  CHECK(again == 3);
  CHECK(never == 0);
}

TEST_CASE("Work posted by another thread runs in the loop, in order") {
  auto loop = std::move(EventLoop::create().value());
  std::string order;
  std::jthread other([&] {
    loop->post([&] { order += "a"; });
    loop->post([&] { order += "b"; });
    loop->post([&] { loop->stop(); });
  });
  loop->run();
  CHECK(order == "ab");
}

}  // namespace
}  // namespace splitsite
