"""Train with SFT or DPO on inputs that the gate passed, and leave a checkpoint that says where it comes from."""
