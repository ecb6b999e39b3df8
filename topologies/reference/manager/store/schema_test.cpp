// The schema as a golden text: a change of it is a decision (and a new version), not an accident.
#include <fstream>
#include <sstream>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/store/state_store.hpp"
#include "topologies/reference/manager/store/tables.hpp"

namespace splitsite::reference {
namespace {

// The file begins with the version it belongs to.
TEST_CASE("The schema is the one of its version") {
  const std::string path =
      std::string(SPLITSITE_SOURCE_DIR) + "/topologies/reference/manager/store/schema.sql";
  std::ifstream file(path);
  std::stringstream golden;
  golden << file.rdbuf();
  const std::string made =
      "-- version " + std::to_string(StateStore::kSchemaVersion) + "\n" + store::schema();
  // A difference that is meant: raise kSchemaVersion and put this text into the file.
  CHECK(golden.str() == made);
}

}  // namespace
}  // namespace splitsite::reference
