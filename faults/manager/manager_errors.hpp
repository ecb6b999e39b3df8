// Fault "manager-errors": the Manager's API fails its clients, by a reset, by silence or by an HTTP
// error, while the Manager itself is well.
#pragma once

#include "faults/manager/manager_proxied.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ManagerErrors final : public ManagerProxied {
 public:
  enum class Kind { Reset, BlackHole, HttpError };
  // `status`: of HttpError, 400 to 599. `share_percent` of all new connections, 50 to 100.
  struct Setting {
    Kind kind = Kind::HttpError;
    int status = 503;
    double share_percent = 100;
    std::uint64_t seed = 1;
  };
  ManagerErrors(const NodeId& manager, Setting setting)
      : ManagerProxied(manager), setting_(setting) {}

  std::string name() const override { return "manager-errors"; }
  std::string describe() const override;
  nlohmann::json parameters() const override { return treatment(); }

 private:
  nlohmann::json treatment() const override;
  std::string claim() const override;
  Result<std::string> seen_by_clients(const Bench& bench, const ManagerSeat& seat) const override;
  bool is_hit(const ApiAnswers& answers) const;

  Setting setting_;
};

CatalogueEntry manager_errors_entry();

}  // namespace splitsite
