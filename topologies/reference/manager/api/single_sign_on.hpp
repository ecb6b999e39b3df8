// oVirt's single sign-on (ovirt-engine enginesso servlets OAuthToken, OAuthTokenInfo, OAuthRevoke):
// what each of its addresses answers, as JSON. Pure but for the sessions.
#pragma once

#include <string>

#include "topologies/reference/manager/api/answer.hpp"
#include "topologies/reference/manager/api/query.hpp"
#include "topologies/reference/manager/api/sessions.hpp"

namespace splitsite::reference {

struct SignOnRequest {
  QueryParameters parameters;  // of the form and of the query
  std::string accept;          // must be exactly application/json
  std::string authorization;   // a client program's own credentials
};

// Password grant. A refusal is HTTP 400 with error_code and error (for the API's scope) or error
// and error_description.
ApiAnswer grant_token(Sessions& sessions, const SignOnRequest& request);
// For client programs with an id and a secret, and for everybody with the scope
// ovirt-ext=token-info:validate, which tells only whether the token holds.
ApiAnswer tell_token(Sessions& sessions, const std::string& user, const SignOnRequest& request);
// For client programs too; users give tokens back by log_out.
ApiAnswer revoke_token(Sessions& sessions, const SignOnRequest& request);
// /ovirt-engine/services/sso-logout, where the public SDKs log out.
ApiAnswer log_out(Sessions& sessions, const SignOnRequest& request);
// token-http-auth: there is no Kerberos here.
ApiAnswer refuse_negotiation();

}  // namespace splitsite::reference
