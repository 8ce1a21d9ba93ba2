// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Pins vegeta, whose own program is what is built.
package tools

import _ "github.com/tsenart/vegeta/v12"
