module hostdev-webhook/bench/lean

go 1.21
