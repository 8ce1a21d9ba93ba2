# SPDX-License-Identifier: Apache-2.0
# The container image, included by the Makefile.

IMAGE ?= hostdev-webhook:$(VERSION)

.PHONY: image
image: ## build the container image IMAGE=hostdev-webhook:VERSION with podman or buildah
	@if command -v podman >/dev/null; then tool="podman build"; \
	  elif command -v buildah >/dev/null; then tool="buildah build"; \
	  else echo "Neither podman nor buildah is installed; make image-rootfs makes the image's files" >&2; exit 1; fi; \
	  set -x; $$tool --file deploy/Containerfile --tag '$(IMAGE)' --build-arg VERSION='$(VERSION)' .

.PHONY: image-rootfs
image-rootfs: ## make the image's root file system from Debian packages in build/image-rootfs
	$(call install,$(DEBIAN_BUILD) mmdebstrap)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@deploy/image-rootfs build/hostdev-webhook build/image-rootfs

.PHONY: image-test
image-test: image-rootfs ## serve from that file system: read-only, unprivileged, without capabilities
	$(call install,libcap2-bin curl)
	@tests/image/run build/image-rootfs
