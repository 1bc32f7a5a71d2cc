"""ResNets on CIFAR-10 and how far from their weights the loss is convex (section 4.3, Appendix B)."""
