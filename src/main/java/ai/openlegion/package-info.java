/// OpenLegion, the mesh host: the gateway through which assumed-hostile agents reach the world.
///
/// The map, from the edge inwards; dependencies point down.
/// - `Main`, `cli`: arguments to a command; commands are HTTP clients of a running mesh like any other
/// - `host`: builds, deploys in order, reloads as one, drains and stops
/// - `gateway`: the agents' listener; `control`: the operator's; `routes`: each route declares its permission;
///   `listener`: connections, before any route sees a request
/// - `proxy`: scans, splices and meters calls, whatever the dialect  the path to the providers
/// - `dialect`: the middle between dialects, with a package for each that knows its words: `chat`, `messages`,
/// `responses`
/// - `fabric`: the agents' routes to what they share, each crossing decided and audited
/// - `webhook`: signed calls from outside; `schedule`: what is due; `push`: inboxes posted to their agents
/// - `blackboard`: versioned entries; `messaging`: messages, topics, inboxes; `workflow`: graphs of tasks, with `model`
///   (what a file says), `run` (what happened, as a fold), `draw` (text, SVG, Mermaid)
///   (these owners are reached over the bus only, so that they may run on another node)
/// - `task`: who works on what, with which budget, until when
/// - `supervisor`: one owner of every agent that the mesh runs, from its start to its end; `runtime`: what isolates an
///   agent, with a package for each way: `docker` (containers, gVisor, Kata), `sandbox` (Docker Sandboxes), `process`
/// - `config`: strict reading of a home; `fleet`: everything a call is decided by, as one snapshot
/// - `budget`: the ledger and its durable leases                     can they afford it
/// - `acl`: the matrix                                               may they
/// - `catalogue`: providers, models, prices
/// - `evidence`: the checks of what was decided, by whoever does not trust this machine, and the files for it
/// - `audit`: the chain, signed                                      what was decided
/// - `vault`: credentials                                            what only the mesh may know
/// - `identity`: tokens                                              who is calling
/// - `store`: one writer that commits in groups; `bus`: typed requests and facts
/// - `json`: read strictly, passed on whole
/// - `simulator`: the provider of the demo and of the tests
/// - `agent`: the agent that comes along, on the JDK alone; it runs in a container or process of its own, is reached
///   over HTTP, and nothing of the mesh depends on it
///
/// A call walks through `gateway.Admission`: authenticate, parse, model allowed, permitted, priced and clamped, held,
/// credential injected and sent, metered, settled, audited. Each step can end it; a refused call never reaches the
/// provider and holds nothing. Bytes flow through pipes, facts flow through the bus.
///
/// Zones of trust: 0 text from outside, 1 agents with code execution, 2 this process, 3 the operator. Zone 1 reaches
/// zone 2 by the agents' listener and its token alone.
@NullMarked
package ai.openlegion;

import org.jspecify.annotations.NullMarked;
