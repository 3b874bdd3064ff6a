"""The HTTP API under /api/v1: endpoints as rows, their OpenAPI document made from the same rows."""
