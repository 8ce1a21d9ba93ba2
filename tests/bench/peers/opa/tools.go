// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Pins Open Policy Agent, whose own program is what is built.
package tools

import _ "github.com/open-policy-agent/opa"
