// Every fault of the catalogue once, by its example, in a lab that is steady before each: inject,
// prove, heal, prove. What is judged is the harness's word for each fault, and the cluster's safety
// all the while.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

// The faults whose names begin with `prefix`, in the catalogue's order; all if it is empty.
Scenario each_fault(const std::string& prefix = {});

// Whether there is any.
bool any_fault_begins_with(const std::string& prefix);

}  // namespace splitsite
