#include "harness/lab/description/domain_xml.hpp"

#include <algorithm>
#include <set>

#include "harness/lab/description/resolve.hpp"
#include "scripts/testing/golden.hpp"

namespace splitsite {
namespace {

const LabFiles files{.kernel = "/images/1/kernel",
                     .initramfs = "/images/1/initramfs",
                     .node_image = "/images/1/node.squashfs",
                     .tools_disk = "/tools/2.squashfs",
                     .lab_disk = "/labs/one/lab.squashfs",
                     .nodes = "/labs/one/nodes"};

LabConfig lab() {
  return load_lab(SPLITSITE_SOURCE_DIR "/topologies/stretch-standalone/topology.toml").value();
}

std::string xml(const char* node, Acceleration acceleration) {
  return domain_xml(*lab().find_node(NodeId(node)), files, acceleration);
}

TEST_CASE("Nodes become the domains people have looked at") {
  const std::string testdata = "harness/lab/description/testdata/";
  testing::check_golden(testdata + "host-a1.tcg.xml", xml("host-a1", Acceleration::Tcg));
  testing::check_golden(testdata + "host-a1.kvm.xml", xml("host-a1", Acceleration::Kvm));
  testing::check_golden(testdata + "sto-b.tcg.xml", xml("sto-b", Acceleration::Tcg));
  testing::check_golden(testdata + "wan.tcg.xml", xml("wan", Acceleration::Tcg));
}

TEST_CASE("Devices are found in the order in which they are written") {
  const std::string text = xml("sto-b", Acceleration::Tcg);
  std::vector<std::string> slots;
  const std::string mark = "slot='";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    slots.push_back(text.substr(at + mark.size(), 4));
  }
  CHECK(slots.size() == 7);
  CHECK(std::is_sorted(slots.begin(), slots.end()));
  CHECK(std::set<std::string>(slots.begin(), slots.end()).size() == slots.size());
}

TEST_CASE("What has a meaning in XML is escaped") {
  LabFiles odd = files;
  odd.kernel = "/a&b/<k>'\"";
  const std::string text = domain_xml(lab().nodes.front(), odd, Acceleration::Tcg);
  CHECK(text.find("<kernel>/a&amp;b/&lt;k&gt;&apos;&quot;</kernel>") != std::string::npos);
}

TEST_CASE("Further kernel arguments come last") {
  LabFiles more = files;
  more.kernel_arguments = "splitsite.manager_unsafe=1";
  const std::string text = domain_xml(lab().nodes.front(), more, Acceleration::Tcg);
  CHECK(text.find("splitsite.node=host-a1 splitsite.manager_unsafe=1</cmdline>") !=
        std::string::npos);
}

TEST_CASE("The machine's bridges are the networks, each once") {
  CHECK(machine_bridges(lab()) ==
        std::vector<std::string>{"site-a", "site-b", "site-w", "repl-a", "repl-b"});
}

TEST_CASE("Taps have names of their own that the kernel takes") {
  std::set<std::string> names;
  std::size_t count = 0;
  for (const NodeConfig& node : lab().nodes) {
    for (std::size_t i = 0; i < node.nics.size(); ++i, ++count) {
      names.insert(tap_name(node.name, i));
      CHECK(tap_name(node.name, i).size() <= 15);
    }
  }
  CHECK(names.size() == count);
}

}  // namespace
}  // namespace splitsite
