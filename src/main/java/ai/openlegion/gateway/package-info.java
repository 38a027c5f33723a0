/// The agents' listener: who calls, may they, can they afford it, and the answer in the shape their client knows.
///
/// [Admission] is the product on one page: authenticated, allowed, priced, held, sent, metered, settled, audited.
/// A [Door] is a client's dialect: how a request is read and how answers, refusals and cuts look. Every instance of
/// [GatewayVerticle] has one event loop and owns the calls that came in on it ([CallRegistry]).
@NullMarked
@CheckReturnValue
package ai.openlegion.gateway;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
