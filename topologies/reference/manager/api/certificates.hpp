// The Manager's own certificate authority and server certificate, made with OpenSSL when it starts.
// P-256 keys, because hosts may be emulated and RSA would cost them seconds.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::reference {

struct Certificates {
  std::string ca_pem;          // what clients are given to trust
  std::string server_pem;      // signed by the CA
  std::string server_key_pem;  // PKCS#8, unencrypted
};

// `names`: what clients may call the server by, addresses and host names. The CA's key is forgotten
// at once: nothing else is ever signed with it. Valid from a month ago, because a lab's clocks may
// stand in the past after a snapshot, for ten years.
Result<Certificates> make_certificates(const std::vector<std::string>& names);

// Reads ca.pem, server.pem and server.key in `directory`, or makes and writes them (the key 0600)
// if one is missing, so that a restarted Manager keeps its identity as long as its disk does.
Result<Certificates> load_or_make_certificates(const std::string& directory,
                                               const std::vector<std::string>& names);

}  // namespace splitsite::reference
