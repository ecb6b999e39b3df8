// Asks a host, as a proxy, to speak to another host's power controller: who can be the proxy, how
// long one is looked for, and when a second one is asked (ovirt-engine FenceProxyLocator,
// FenceAgentExecutor; fact 3.2 step 8).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// The answer of a proxy, or that there is none.
struct ProxyAnswer {
  enum class Kind { Done, Skipped, Failed };
  Kind kind = Kind::Failed;
  PowerStatus power = PowerStatus::Unknown;
  std::string why;  // Failed only
};

// A host that can speak to the controller of `fenced`: Up before NonOperational, never `fenced`
// itself nor `excluded`. None when there is no such host now.
std::optional<NodeId> find_proxy(const ClusterState& state, const NodeId& fenced,
                                 const std::optional<NodeId>& excluded = std::nullopt);

// Begins to ask. Only changes of power search again when no proxy is there; a question for the
// status fails at once. The answer may come right here.
std::optional<ProxyAnswer> begin_proxy_call(Change& change, HostState& fenced, PowerAction action,
                                            ProxyCall& ask);
// A search that is due is made; nothing while the proxy is asked or it is too early.
std::optional<ProxyAnswer> watch_proxy_call(Change& change, HostState& fenced, ProxyCall& ask);
// `finished` is the call `ask` waits for. Nothing when another proxy has its turn now.
std::optional<ProxyAnswer> proxy_answered(Change& change, HostState& fenced, ProxyCall& ask,
                                          const CallFinished& finished);

}  // namespace splitsite::reference
