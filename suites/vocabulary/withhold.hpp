// What may be said of a story that the environment spoilt.
#pragma once

#include "harness/observe/history.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

// Without a proven fault nothing was asked of the cluster; and what it does on a machine that
// failed under it is that machine's doing. In both cases verdicts about movement that would read
// "violated" become inconclusive and say why; safety is judged always.
void withhold_what_was_not_asked(const Events& events, Verdicts& verdicts);

}  // namespace splitsite
