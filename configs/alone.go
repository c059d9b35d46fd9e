package configs

import (
	"path/filepath"
	"slices"
	"strings"
)

// alone lists programs of which two cannot run on the same data: databases, and
// servers with one inside. Their services have overlap = false unless the
// configuration says otherwise. This is the only list; the reference shows it.
func alone() []string {
	return []string{
		"redis-server", "redis-sentinel", "valkey-server", "keydb-server", "dragonfly",
		"postgres", "postmaster", "mysqld", "mysqld_safe", "mariadbd", "mariadbd-safe",
		"mongod", "couchdb", "influxd", "clickhouse-server", "cockroach", "neo4j", "rqlited", "etcd",
		"elasticsearch", "opensearch", "meilisearch", "qdrant", "typesense-server",
		"prometheus", "victoria-metrics", "loki", "grafana", "grafana-server",
		"rabbitmq-server", "mosquitto", "nats-server", "consul", "vault",
		"gitea", "forgejo", "pocketbase", "vaultwarden", "syncthing", "jellyfin", "transmission-daemon", "hass",
	}
}

// runsAlone tells whether the command's program is one of those in alone.
func runsAlone(command []string) bool {
	return len(command) > 0 && slices.Contains(alone(), strings.TrimSuffix(filepath.Base(command[0]), ".exe"))
}
