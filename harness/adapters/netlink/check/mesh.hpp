// The wan node in small: three sites and their links in network namespaces of this process, built
// as the wan node builds them (a bridge per site, a veth pair per link, isolated ports). All in one
// process, so that one clock times each direction for itself.
#pragma once

#include <array>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"

namespace splitsite::netlink {

enum class Site { A, B, C };
constexpr std::array all_sites{Site::A, Site::B, Site::C};

class Mesh {
 public:
  // Needs CAP_SYS_ADMIN. The calling thread ends up in the wan's namespace, for good; all of them
  // disappear with the process.
  static Result<Mesh> lay();

  // The wan's device whose leaf shapes this direction: "s.a.b".
  static std::string device(Site from, Site to);
  static std::string address(Site site);  // "10.99.0.1"
  // A socket of the site's node; `type` as for socket(2). Non-blocking.
  Result<UniqueFd> socket(Site site, int type) const;
  // Calls `body` as the site's node would; back in the wan when it returns.
  template <class Body>
  auto inside(Site site, Body body) const -> decltype(body()) {
    SPLITSITE_TRY_VOID(enter_node(site));
    auto result = body();
    SPLITSITE_TRY_VOID(enter_wan());
    return result;
  }

 private:
  Result<void> enter_node(Site site) const;
  Result<void> enter_wan() const;
  Result<void> build_wan();
  Result<void> join(Site first, Site second);
  Result<void> set_up_node(Site site);
  const UniqueFd& of(Site site) const { return nodes_.at(static_cast<std::size_t>(site)); }

  UniqueFd wan_;
  std::array<UniqueFd, all_sites.size()> nodes_;
};

}  // namespace splitsite::netlink
