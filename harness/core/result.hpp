// Result<T>: a value or an Error. The only header that knows which library carries it.
//
//   Result<int> port = parse_port(text);
//   if (!port) return port.error();
//
//   SPLITSITE_TRY(auto port, parse_port(text));   // the same in one line
//   SPLITSITE_TRY_VOID(write(port));              // for Result<void>
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/success_failure.hpp>
#include <boost/outcome/try.hpp>

#include "harness/core/error.hpp"

namespace splitsite {

// Reading the value of a failed Result is a bug and ends the program.
template <class T>
using Result = boost::outcome_v2::basic_result<T, Error, boost::outcome_v2::policy::terminate>;

// What a Result<void> function returns when all went well.
inline auto success() { return boost::outcome_v2::success(); }

}  // namespace splitsite

#define SPLITSITE_TRY(declaration, expression) BOOST_OUTCOME_TRY(declaration, expression)
#define SPLITSITE_TRY_VOID(expression) BOOST_OUTCOME_TRYV(expression)
