// Reading a volume back. The scan looks at every place up to the last record, so that a hole in the
// middle is seen and never written over.
#include <algorithm>
#include <map>

#include "topologies/guest/record.hpp"

namespace splitsite::guest {

namespace {

constexpr std::uint64_t blocks_per_read = 64;

class Scanner {
 public:
  explicit Scanner(std::string vm) : vm_(std::move(vm)) {}

  void take_header(const Block& block) {
    result_.header = decode_header(block);
    if (vm_.empty() && result_.header) vm_ = result_.header->vm;
  }

  void take(std::uint64_t place, const Block& block) {
    const auto record = decode_record(block);
    if (record && vm_.empty()) vm_ = record->vm;
    if (!record || record->seq != place || record->vm != vm_) {
      missing_.push_back(place);
      return;
    }
    // Places without a record count as bad only now that one follows them.
    result_.bad.insert(result_.bad.end(), missing_.begin(), missing_.end());
    if (!follows(*record)) result_.bad.push_back(place);
    missing_.clear();
    note_incarnation(*record);
    ++result_.records;
    result_.last_seq = place;
    result_.last_boot = record->boot;
    result_.last_crc = record->crc;
  }

  bool past_the_end() const { return missing_.size() >= give_up_after; }
  void unreadable_at(std::uint64_t block) { result_.unreadable = block; }
  ScanResult finish() { return std::move(result_); }

 private:
  // After a hole the predecessor is unknown, and nothing can be said.
  bool follows(const Record& record) const {
    if (!missing_.empty()) return true;
    return record.previous_crc == (record.seq == 1 ? 0 : result_.last_crc);
  }

  void note_incarnation(const Record& record) {
    auto& runs = result_.boot_changes;
    if (runs.empty() || runs.back().boot != record.boot || runs.back().writer != record.writer) {
      runs.push_back({record.boot, record.writer, record.seq, record.seq});
    }
    runs.back().last_seq = record.seq;
    const auto [known, first] = writer_of_boot_.emplace(record.boot, record.writer);
    if (record.boot < newest_boot_ || (!first && known->second != record.writer)) {
      result_.out_of_order.push_back(record.seq);
    }
    newest_boot_ = std::max(newest_boot_, record.boot);
  }

  std::string vm_;
  ScanResult result_;
  std::vector<std::uint64_t> missing_;  // since the last valid record
  std::map<std::uint64_t, std::uint64_t> writer_of_boot_;
  std::uint64_t newest_boot_ = 0;
};

}  // namespace

ScanResult scan(std::uint64_t blocks, const BlockReader& read, const std::string& vm) {
  Scanner scanner(vm);
  std::vector<Block> buffer(blocks_per_read);
  for (std::uint64_t first = 0; first < blocks && !scanner.past_the_end();
       first += blocks_per_read) {
    const auto into = std::span(buffer).first(std::min(blocks_per_read, blocks - first));
    if (!read(first, into)) {
      scanner.unreadable_at(first);
      break;
    }
    for (std::size_t i = 0; i < into.size(); ++i) {
      if (first + i == 0) {
        scanner.take_header(into[i]);
      } else {
        scanner.take(first + i, into[i]);
      }
    }
  }
  return scanner.finish();
}

}  // namespace splitsite::guest
