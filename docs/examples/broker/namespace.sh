namespace="$PULSAR_ADMIN_URL/admin/v2/namespaces/$PULSAR_NAMESPACE"
set_policy() { curl -sf -X POST -H 'Content-Type: application/json' "$namespace/$1" -d "$2"; }

set_policy messageTTL 2592000                                                            # 30 days
set_policy retention '{ "retentionTimeInMinutes": 10080, "retentionSizeInMB": -1 }'      # 7 days
set_policy subscriptionExpirationTime 0                                                  # never
set_policy inactiveTopicPolicies \
  '{ "deleteWhileInactive": false, "inactiveTopicDeleteMode": "delete_when_no_subscriptions", "maxInactiveDurationSeconds": 86400 }'
set_policy 'backlogQuota?backlogQuotaType=destination_storage' \
  '{ "limitSize": 10737418240, "limitTime": -1, "policy": "producer_exception" }'        # 10 GB a topic
set_policy delayedDelivery '{ "active": true, "tickTime": 1000 }'
set_policy autoTopicCreation '{ "allowAutoTopicCreation": false }'
