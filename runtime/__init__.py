"""What every role needs around its work: settings, clients, metrics, health, logs."""
