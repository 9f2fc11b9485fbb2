"""The network: how others' services are asked, politely and within bounds."""
