"""The ground floor: database, clock, cryptography, outcomes and HTTP plumbing. It knows nothing of people or protocols."""
