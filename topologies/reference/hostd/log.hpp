// One line on standard error for each thing worth knowing afterwards; the node's init keeps it in a
// file. Lines carry the seconds since boot, as all logs of a node do.
#pragma once

#include <string>

namespace splitsite::reference::hostd {

void log_info(const std::string& text);
void log_warning(const std::string& text);  // something failed, and the daemon copes
void log_error(const std::string& text);    // a person has to look at it

}  // namespace splitsite::reference::hostd
