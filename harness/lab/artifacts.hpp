// What a lab is booted from: the node image (made once, named by its recipe's digest) and the tools
// disk (the project's own programs, named by their digest). Both are made by the scripts in
// topologies/image, which find what is already there by themselves.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite {

struct NodeImage {
  std::string directory;
  std::string digest;
  std::string machine;         // QEMU's machine type
  std::string kernel_version;  // "6.1.0-56-cloud-amd64"
  std::string kernel;          // paths
  std::string initramfs;
  std::string root;
};

struct ArtifactSources {
  std::string image_scripts;  // …/topologies/image
  std::string programs;       // a build's bin directory
  std::string state;          // the state directory
  std::stop_token stop = {};
  std::function<void(const std::string& line)> on_line = {};  // what the scripts say
};

// Reads the manifest of an image that is there.
Result<NodeImage> read_node_image(const std::string& directory);
// Makes the image unless it is there; the first time takes about a minute.
Result<NodeImage> make_node_image(const ArtifactSources& sources);
// Makes the tools disk unless it is there; returns its path.
Result<std::string> make_tools_disk(const ArtifactSources& sources, const NodeImage& image);
// Packs `config_file` as the one file lab.json of the disk at `disk`.
Result<void> make_lab_disk(const std::string& config_file, const std::string& disk);

}  // namespace splitsite
