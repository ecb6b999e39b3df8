// What may be said of a story whose fault never came into force.
#pragma once

#include "harness/observe/history.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

// Without a proven fault nothing was asked of the cluster: what it did or did not do then is the
// environment's doing. Verdicts about movement that would read "violated" become inconclusive and
// say so; safety is judged always.
void withhold_without_fault(const Events& events, Verdicts& verdicts);

}  // namespace splitsite
