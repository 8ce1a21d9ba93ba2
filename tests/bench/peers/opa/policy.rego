# SPDX-License-Identifier: Apache-2.0
# The same check as a policy: `POST /` answers with data.system.main, as for a webhook.
package system

main := {
	"apiVersion": input.apiVersion,
	"kind": "AdmissionReview",
	"response": response,
}

response := {"uid": input.request.uid, "allowed": true} if count(faults) == 0

response := {
	"uid": input.request.uid,
	"allowed": false,
	"status": {"code": 403, "reason": "Forbidden", "message": concat("", sort(faults))},
} if {
	count(faults) > 0
}

faults contains text if {
	some list in ["hostDevices", "gpus"]
	some i, device in input.request.object.spec.template.spec.domain.devices[list]
	not device.deviceName in data.permitted
	text := sprintf(
		"spec.template.spec.domain.devices.%s[%d].deviceName: Unsupported value: %q: this device is not permitted on the cluster",
		[list, i, device.deviceName],
	)
}
