#include "topologies/reference/hostd/core/guest_xml.hpp"

#include <fstream>
#include <iterator>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/hostd/fakes/test_lab.hpp"

using namespace splitsite;
using namespace splitsite::reference::hostd;

namespace {

std::string golden(const std::string& name) {
  std::ifstream file(std::string(SPLITSITE_SOURCE_DIR) +
                     "/topologies/reference/hostd/core/golden/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("A leased guest's XML carries its lease and asks for nothing else than a kill") {
  const auto spec = guest_spec(test_lab(), VmId("vm-1"), true, Acceleration::Kvm);
  REQUIRE(spec);
  CHECK(guest_xml(spec.value()) == golden("guest_with_lease.xml"));
  CHECK(guest_xml(spec.value()).find("on_lockfailure") == std::string::npos);
}

TEST_CASE("A guest without a lease is the same but for it") {
  const auto spec = guest_spec(test_lab(), VmId("vm-5"), false, Acceleration::Kvm);
  REQUIRE(spec);
  CHECK(guest_xml(spec.value()) == golden("guest_without_lease.xml"));

  const auto leased = guest_spec(test_lab(), VmId("vm-1"), true, Acceleration::Kvm);
  const auto unleased = guest_spec(test_lab(), VmId("vm-1"), false, Acceleration::Kvm);
  std::string xml = guest_xml(leased.value());
  const auto begin = xml.find("    <lease>");
  const auto end = xml.find("</lease>\n") + 9;
  CHECK(xml.erase(begin, end - begin) == guest_xml(unleased.value()));
}

TEST_CASE(
    "5.3 the engine VM has its own initramfs, lease and memory, and reads the lab's description") {
  LabConfig lab = test_lab();
  CHECK_FALSE(guest_spec(lab, VmId(hosted_engine_vm), true, Acceleration::Kvm));
  lab.hosted_engine = HostedEngineConfig{.vm = {.name = VmId(hosted_engine_vm),
                                                .memory_mib = 192,
                                                .mac = "52:54:00:0a:00:00",
                                                .address = "10.77.0.100/24"},
                                         .vcpus = 2,
                                         .lease_offset = 123 << 20};
  const auto spec = guest_spec(lab, VmId(hosted_engine_vm), true, Acceleration::Kvm);
  REQUIRE(spec);
  CHECK(spec.value().lease->offset == 123 << 20);
  CHECK(spec.value().lease->lockspace == lab.storage.domain);
  const std::string xml = guest_xml(spec.value());
  for (const char* part :
       {"<name>HostedEngine</name>", "<memory unit='MiB'>192</memory>", "<vcpu>2</vcpu>",
        "<initrd>/splitsite/guest/engine-initramfs</initrd>", "splitsite.ip=10.77.0.100/24",
        "<source dev='/dev/mapper/vol-HostedEngine'/>", "<source file='/lab/lab.json'/>",
        "<readonly/>", "<key>HostedEngine</key>", "52:54:00:0a:00:00"})
    CHECK(xml.find(part) != std::string::npos);
  const auto other = guest_spec(lab, VmId("vm-1"), true, Acceleration::Kvm);
  CHECK(guest_xml(other.value()) == golden("guest_with_lease.xml"));
}

TEST_CASE("Emulation changes the domain type and nothing else") {
  const auto emulated = guest_spec(test_lab(), VmId("vm-5"), false, Acceleration::Emulated);
  const auto kvm = guest_spec(test_lab(), VmId("vm-5"), false, Acceleration::Kvm);
  std::string xml = guest_xml(kvm.value());
  CHECK(xml.replace(xml.find("'kvm'"), 5, "'qemu'") == guest_xml(emulated.value()));
}

TEST_CASE("Values are escaped in the XML") {
  GuestSpec spec{.vm = VmId("a&b"), .memory_mib = 64, .command_line = "x='<\">'"};
  const std::string xml = guest_xml(spec);
  CHECK(xml.find("<name>a&amp;b</name>") != std::string::npos);
  CHECK(xml.find("x=&apos;&lt;&quot;&gt;&apos;") != std::string::npos);
}

TEST_CASE("What the lab does not have cannot be described") {
  LabConfig lab = test_lab();
  CHECK(guest_spec(lab, VmId("vm-9"), false, Acceleration::Kvm).error().kind == ErrorKind::Invalid);
  lab.storage.leases.pop_back();
  CHECK(guest_spec(lab, VmId("vm-5"), true, Acceleration::Kvm).error().why ==
        "the storage domain has no lease for it");
  lab.storage.volumes.clear();
  CHECK(guest_spec(lab, VmId("vm-1"), true, Acceleration::Kvm).error().why ==
        "the storage domain has no volume for it");
}

TEST_CASE("2.5 the resume behaviour is found again in a domain's XML, and in ours only") {
  auto spec = guest_spec(test_lab(), VmId("vm-5"), false, Acceleration::Kvm).value();
  for (const auto each :
       {ResumeBehaviour::AutoResume, ResumeBehaviour::LeavePaused, ResumeBehaviour::Kill}) {
    spec.resume_behaviour = each;
    CHECK(resume_behaviour_in(guest_xml(spec)) == each);
  }
  CHECK_FALSE(resume_behaviour_in("<domain><name>x</name></domain>"));
  CHECK_FALSE(resume_behaviour_in(""));
}
